/** The few rules of the front end that a type checker cannot hold. Each has to be broken nowhere. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Rule {
  name: string;
  bad: RegExp;
  except?: RegExp;
}

const RULES: Rule[] = [
  { name: "no inline styles: the policy of the page refuses them", bad: /styleMap|\bstyle=|\.style\.|cssText/ },
  { name: "nothing is evaluated", bad: /\beval\(|new Function\(|hx-on|["'`]js:/ },
  { name: "HTML comes from the server, through one place", bad: /innerHTML|unsafeHTML|insertAdjacentHTML|outerHTML/, except: /core[\\/]html\.ts$/ },
  { name: "nothing is fetched from elsewhere", bad: /https?:\/\/(?!www\.w3\.org\/2000\/svg)/ },
  { name: "no leftovers", bad: /\bdebugger\b|console\.(log|debug)/ },
];

const root = resolve(import.meta.dirname, "../src");
let found = 0;
for (const entry of readdirSync(root, { recursive: true }) as string[]) {
  if (!/\.(ts|css|svg)$/.test(entry)) continue;
  const lines = readFileSync(join(root, entry), "utf8").split("\n");
  lines.forEach((line, index) => {
    for (const rule of RULES) {
      if (!rule.bad.test(line) || rule.except?.test(entry)) continue;
      found += 1;
      process.stderr.write(`src/${entry}:${index + 1}: ${rule.name}: ${line.trim()}\n`);
    }
  });
}
process.exitCode = found ? 1 : 0;
