// Line drawings of 24 × 24.
import type { JSX } from 'preact';

const PATHS = {
  back: 'M14.5 5.5 8 12l6.5 6.5',
  forward: 'M9.5 5.5 16 12l-6.5 6.5',
  up: 'm5.5 14.5 6.5-6.5 6.5 6.5',
  down: 'm5.5 9.5 6.5 6.5 6.5-6.5',
  library: 'M4.5 5.5h6v6h-6zM13.5 5.5h6v6h-6zM4.5 14.5h6v5h-6zM13.5 14.5h6v5h-6z',
  undo: 'M8.5 5 4.5 9l4 4M5 9h9a5 5 0 0 1 0 10h-4',
  redo: 'm15.5 5 4 4-4 4M19 9h-9a5 5 0 0 0 0 10h4',
  bin: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5',
  close: 'm6.5 6.5 11 11M17.5 6.5l-11 11',
  fit: 'M5 9.5V5h4.5M19 14.5V19h-4.5M14.5 5H19v4.5M9.5 19H5v-4.5',
  hand: 'M8 12.5V6.7a1.4 1.4 0 0 1 2.8 0V11m0-5.6a1.4 1.4 0 0 1 2.8 0V11m0-4.3a1.4 1.4 0 0 1 2.8 0V12m0-2.6a1.4 1.4 0 0 1 2.8 0v5a5.6 5.6 0 0 1-5.6 5.6h-1.2a6 6 0 0 1-4.8-2.4l-2.4-3.3a1.4 1.4 0 0 1 2.2-1.7l1.4 1.5',
  search: 'M15.5 10.5a5 5 0 1 1-10 0 5 5 0 0 1 10 0zM14.3 14.3l5 5',
  compare: 'M4 5.5h7v13H4zM13 5.5h7v13h-7z',
  zoom: 'M16 10.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM14.5 14.5l5 5M10.5 8v5M8 10.5h5',
  camera:
    'M4 8.5A1.5 1.5 0 0 1 5.5 7h2.2l1.5-2.2h5.6L16.3 7h2.2A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM15.4 12.8a3.4 3.4 0 1 1-6.8 0 3.4 3.4 0 0 1 6.8 0z',
  label: 'M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4M9 12h6M12 9v6',
  train: 'M4 18.5c4.5 0 4.5-12 8.5-12 3 0 3.5 5 7.5 5M4 5v14h16',
  device:
    'M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM3 19.5c.4-3.6 2.7-5.5 6-5.5s5.6 1.9 6 5.5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.5c2 .8 3.2 2.5 3.5 5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
