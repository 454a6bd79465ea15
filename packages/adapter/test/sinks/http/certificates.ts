import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** An authority of its own and certificates signed by it, made by openssl. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'hms-sync-tls-'))
  readonly caFile = join(this.folder, 'ca.cert')

  constructor() {
    this.#openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.cert', '-days', '2', '-subj', '/CN=Test Authority')
  }

  get caText(): string {
    return readFileSync(this.caFile, 'utf8')
  }

  selfSigned(): Certificate {
    this.#openssl('req', '-x509', ...newKey, '-keyout', 'self.key', '-out', 'self.cert', '-days', '2', '-subj', '/CN=localhost')
    return this.#read('self')
  }

  /** @param days May be 0: expired already. */
  signed(name: string, days = 2): Certificate {
    this.#openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=DNS:${name}\n`)
    this.#openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.cert',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.cert`,
      ...(days > 0 ? ['-days', String(days)] : ['-days', '0']),
    )
    return this.#read(name)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #read(name: string): Certificate {
    return { cert: readFileSync(join(this.folder, `${name}.cert`), 'utf8'), key: readFileSync(join(this.folder, `${name}.key`), 'utf8') }
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' })
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
