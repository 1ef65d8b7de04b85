import type { Screens } from '../en/screens'
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

const screens: Screens = { ...charts, ...container, ...demo, ...expression, ...history, ...keys, ...logs, ...palette, ...views, alerts, download, settings }
export default screens
