import { render } from 'preact'
import type { PageGroups } from '../page-groups.ts'
import { App } from './app.tsx'

const place = document.getElementById('groups')
const written = document.getElementById('groups-data')
if (place !== null && written !== null) {
  // The page's own writer wrote it.
  const data: PageGroups = JSON.parse(written.textContent ?? '')
  place.replaceChildren()
  render(<App data={data} />, place)
}
