import alerts from './alerts'
import charts from './charts'
import container from './container'
import demo from './demo'
import download from './download'
import expression from './expression'
import history from './history'
import keys from './keys'
import logs from './logs'
import palette from './palette'
import settings from './settings'
import views from './views'

/** The texts of all screens. The page takes those of a screen with the screen, and this whole only of other languages. */
const screens = { ...charts, ...container, ...demo, ...expression, ...history, ...keys, ...logs, ...palette, ...views, alerts, download, settings }
export default screens
export type Screens = typeof screens
