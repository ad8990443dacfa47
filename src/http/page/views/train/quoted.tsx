// A sentence of the device, in which names stand between backticks.
export function Quoted({ text }: { text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 ? <b key={i}>{part}</b> : part))}</>;
}
