export function Kiosk() {
  return <main>Kiosk</main>
}
