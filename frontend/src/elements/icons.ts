import sprite from "../icons.svg?url";

export const SPRITE = sprite;
