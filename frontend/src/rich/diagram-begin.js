/* The frame of a diagram: it says that it is ready, draws the text that it is sent, and tells how high it became. */
/* global mermaid */
addEventListener("message", async ({ data, source }) => {
  if (source !== parent || typeof data?.text !== "string") return;
  // The same scheme as the page's, so that its ground shows through.
  document.documentElement.style.colorScheme = data.theme === "dark" ? "dark" : "light";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: data.theme === "dark" ? "dark" : "neutral",
    flowchart: { htmlLabels: false },
    suppressErrorRendering: true,
  });
  try {
    const { svg } = await mermaid.render("diagram", data.text);
    document.body.innerHTML = svg;
    const drawn = document.querySelector("svg");
    drawn.style.display = "block";
    drawn.style.margin = "0 auto";
    parent.postMessage({ height: drawn.getBoundingClientRect().height + 16 }, "*");
  } catch {
    parent.postMessage({ failed: true }, "*");
  }
});
parent.postMessage({ ready: true }, "*");
