export function View() {
  return <h1 id="label-title">label</h1>;
}
