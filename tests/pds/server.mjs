// Starts the reference Personal Data Server on loopback, with a directory of identities of its own in memory.
// Usage: node server.mjs FOLDER. Prints one line, its address, as soon as it answers; ends when its input is closed.
import http from 'node:http'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import fs from 'node:fs'
import { PDS, envToCfg, envToSecrets } from '@atproto/pds'

const folder = process.argv[2]
const hex = (bytes) => randomBytes(bytes).toString('hex')

// What the directory of did:plc answers, as far as a server of its own asks: the last operation of each identity.
const operations = new Map()
const documentOf = (did, op) => ({
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: did,
  alsoKnownAs: op.alsoKnownAs,
  verificationMethod: Object.entries(op.verificationMethods).map(([name, key]) => ({
    id: `${did}#${name}`,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase: key.replace('did:key:', ''),
  })),
  service: Object.entries(op.services).map(([name, each]) => ({
    id: `#${name}`,
    type: each.type,
    serviceEndpoint: each.endpoint,
  })),
})
const directory = http.createServer((request, response) => {
  const [did, rest] = decodeURIComponent(request.url.slice(1)).split('/')
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const say = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (request.method === 'POST') {
      operations.set(did, JSON.parse(Buffer.concat(chunks).toString()))
      return say(200, {})
    }
    const op = operations.get(did)
    if (!op) return say(404, { message: `DID not registered: ${did}` })
    if (rest === 'data') return say(200, { did, ...op })
    if (rest?.startsWith('log')) return say(200, rest === 'log/last' ? op : [op])
    return say(200, documentOf(did, op))
  })
})
const listening = (server, port = 0) =>
  new Promise((done) => server.listen(port, '127.0.0.1', () => done(server.address().port)))
const free = async () => {
  const probe = http.createServer()
  const port = await listening(probe)
  await new Promise((done) => probe.close(done))
  return port
}

const directoryPort = await listening(directory)
const port = await free()
for (const name of ['data', 'blobs']) fs.mkdirSync(path.join(folder, name), { recursive: true })
const env = {
  hostname: 'localhost',
  port,
  dataDirectory: path.join(folder, 'data'),
  blobstoreDiskLocation: path.join(folder, 'blobs'),
  jwtSecret: hex(16),
  adminPassword: hex(16),
  plcRotationKeyK256PrivateKeyHex: hex(32),
  didPlcUrl: `http://127.0.0.1:${directoryPort}`,
  inviteRequired: false,
  devMode: true,
  serviceHandleDomains: ['.test'],
  rateLimitsEnabled: false,
  disableSsrfProtection: true,
  crawlers: [],
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()
console.log(`http://127.0.0.1:${port}`)
process.stdin.resume()
process.stdin.on('end', async () => {
  await pds.destroy()
  directory.close()
  process.exit(0)
})
