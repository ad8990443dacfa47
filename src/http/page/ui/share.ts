// Handing a file on: to another app where the browser can, else to the downloads.

export type Handed = 'shared' | 'saved' | 'stopped' | 'press again';

/** Never leaves the page. `press again`: it took so long to get the file that the browser no longer believes that
 * somebody pressed; the same file at the next press will do. */
export async function handOn(file: File): Promise<Handed> {
  const data = { files: [file] };
  if (!navigator.canShare?.(data)) return save(file);
  try {
    await navigator.share(data);
    return 'shared';
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'AbortError') return 'stopped';
    if (name === 'NotAllowedError' && !navigator.userActivation?.isActive) return 'press again';
    return save(file);
  }
}

/** Milliseconds after which a browser has begun to save. */
const BEGUN = 60_000;

function save(file: File): Handed {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), BEGUN);
  return 'saved';
}
