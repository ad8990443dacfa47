// The styles that the first frame to label can do without: asked for with another view, or with the rest of labelling.
let asked: Promise<unknown> | undefined;

export function styled(): Promise<unknown> {
  asked ??= new Promise((done) => {
    const link = document.querySelector<HTMLLinkElement>('#more');
    if (!link) return done(null);
    link.onload = done;
    link.onerror = done;
    link.href = link.dataset.href ?? '';
  });
  return asked;
}
