// Line drawings of 24 × 24 that only this page has.
const PATHS = {
  devices: 'M4 5.5h16v5H4zM4 13.5h16v5H4zM7 8h.5M7 16h.5M11 8h6M11 16h6',
  orders: 'M4.5 12h9M10 6.5l6 5.5-6 5.5M19.5 5v14',
  history: 'M12 7.5V12l3 2M4.6 9.5A8 8 0 1 1 4 12M4.5 5v4.5H9',
  people:
    'M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM3 19.5c.4-3.6 2.7-5.5 6-5.5s5.6 1.9 6 5.5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.5c2 .8 3.2 2.5 3.5 5',
} as const;

export const Drawing = ({ name }: { name: keyof typeof PATHS }) => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
