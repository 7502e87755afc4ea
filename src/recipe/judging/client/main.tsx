import { render } from 'preact'
import type { PageData } from '../page-data.ts'
import { App } from './app.tsx'

const place = document.getElementById('labelling')
const written = document.getElementById('labelling-data')
if (place !== null && written !== null) {
  // The page's own writer wrote it.
  const data: PageData = JSON.parse(written.textContent ?? '')
  place.replaceChildren()
  render(<App data={data} />, place)
}
