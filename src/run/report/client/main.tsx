import { render } from 'preact'
import type { PageGroups } from '../page-groups.ts'
import { App } from './app.tsx'
import { follow } from './follow.ts'
import { withNews } from './with-news.ts'

const place = document.getElementById('groups')
const written = document.getElementById('groups-data')
if (place !== null && written !== null) {
  // The page's own writer wrote it.
  let data: PageGroups = JSON.parse(written.textContent ?? '')
  const show = () => render(<App data={data} />, place)
  place.replaceChildren()
  show()
  follow(groups => {
    data = withNews(data, groups)
    show()
  })
}
