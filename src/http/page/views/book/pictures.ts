// Pictures of pages, fetched ahead and decoded before they are shown, so that scrubbing does not flicker.

/** Pages kept decoded: more than a finger passes in one stroke. */
const MOST = 90;
const known = new Map<string, HTMLImageElement>(); // by address, oldest first

/** Begins to fetch a page, unless it is known. */
export function picture(url: string): HTMLImageElement {
  const there = known.get(url);
  if (there) return there;
  const image = new Image();
  image.src = url;
  known.set(url, image);
  const [oldest] = known.keys();
  if (known.size > MOST && oldest) known.delete(oldest);
  return image;
}

/** The page once it can be shown at once; `null` if it could not be fetched, and the next wish tries again. */
export async function decoded(url: string): Promise<HTMLImageElement | null> {
  const image = picture(url);
  try {
    await image.decode();
    return image;
  } catch {
    if (known.get(url) === image) known.delete(url);
    return null;
  }
}
