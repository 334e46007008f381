/** What every page loads: htmx, the small elements, and islands when a page has them. */
import "./page/htmx.ts";
import "./page/controls.ts";
import "./page/windows.ts";
import "./icons.svg?url";
import "./mark.svg?url";
import "./elements/small.ts";
import { watchIslands } from "./page/islands.ts";

watchIslands();
