// The styles of all views but labelling: the browser fetches them after everything else, as nothing matches them before
// such a view is shown.
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
