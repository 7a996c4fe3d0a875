export function Device() {
  return <main>Device</main>
}
