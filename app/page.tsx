export default function Home() {
  return <main>Waxseal</main>;
}
