import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { openApiDocument } from '@regulars/contract'
import type { FastifyInstance } from 'fastify'
import { stringify } from 'yaml'
import { VERSION } from '../platform/version.ts'
import { sendJson } from './partner.ts'

/** The API's own description, as a page that needs nothing from elsewhere, and as files. */
export async function documentRoutes(app: FastifyInstance): Promise<void> {
  const document = openApiDocument({ version: VERSION })
  const yaml = stringify(document)
  app.get('/openapi.json', (_request, reply) => sendJson(reply, 200, document))
  app.get('/openapi.yaml', (_request, reply) => reply.type('application/yaml; charset=utf-8').send(yaml))
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list', deepLinking: true },
    theme: { title: 'Regulars partner API', css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }] },
  })
  app.get('/', (_request, reply) => reply.redirect('/docs'))
}
