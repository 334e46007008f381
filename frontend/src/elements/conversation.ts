import { SPRITE } from "./icons.ts";
export const x = SPRITE;
