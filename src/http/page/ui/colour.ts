// A category's colour, without an inline style, which the page's policy forbids.
/** For `ref`: sets the property that the style sheets paint with. */
export const coloured = (colour: string) => (element: HTMLElement | null) => {
  element?.style.setProperty('--c', colour);
};
