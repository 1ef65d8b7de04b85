import { createRouter, createWebHistory, type Router } from 'vue-router'
import Dashboard from '@/features/dashboard/Dashboard.vue'

/** The server may be mounted under a path, which it writes into `<base href>`. */
export function create_router(): Router {
  return createRouter({
    history: createWebHistory(new URL(document.baseURI).pathname),
    routes: [
      { path: '/', name: 'home', component: Dashboard },
      { path: '/logs/:address(.*)', name: 'logs', component: () => import('@/features/logs/LogPage.vue') },
      { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./NotFound.vue') },
    ],
  })
}
