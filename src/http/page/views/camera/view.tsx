export function View() {
  return <h1 id="camera-title">camera</h1>;
}
