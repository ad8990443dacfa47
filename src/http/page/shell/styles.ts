// The styles that the first frame to label can do without: the browser fetches them after everything else, as nothing
// matches them before another view is shown, or the rest of labelling.
export async function styled(): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>('#more');
  if (!link || link.media === 'all') return;
  const there = link.sheet
    ? null
    : new Promise((done) => {
        link.onload = done;
        link.onerror = done;
      });
  link.media = 'all';
  await there;
}
