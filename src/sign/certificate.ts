// What a certificate must satisfy to sign code: an RSA key that matches, the right usage, dates, a whole chain.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ok, type Result } from '../base/failure.ts';
import { failing, reasonOf } from './failure.ts';
import type { Secret } from './secret.ts';

export type CertificateFailureCode =
  | 'sign/certificate-unreadable'
  | 'sign/certificate-not-code-signing'
  | 'sign/certificate-expired'
  | 'sign/certificate-not-yet-valid'
  | 'sign/certificate-chain-incomplete'
  | 'sign/key-unreadable'
  | 'sign/key-encrypted'
  | 'sign/key-unsuitable'
  | 'sign/key-mismatch';
const refuse = failing<CertificateFailureCode>();

/** Extended key usage id-kp-codeSigning (RFC 5280, 4.2.1.12). */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
/** Below this no authority has issued code-signing certificates for years. */
const LEAST_RSA_BITS = 2048;

/** A signing certificate, the intermediates in order, and the self-signed root. */
export interface Chain {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  readonly root: X509Certificate;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** All certificates of a PEM text, in order; at least one. */
export function parseCertificates(
  pem: string,
  place: string,
): Result<[X509Certificate, ...X509Certificate[]]> {
  try {
    const [first, ...rest] = (pem.match(PEM_CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
    if (first !== undefined) return ok([first, ...rest]);
    return unreadable(place, 'It holds no certificate in PEM form.');
  } catch (error) {
    return unreadable(place, reasonOf(error));
  }
}

/** Finds the issuers of `leaf` among `pool` up to a self-signed root, checking every signature on the way. */
export function buildChain(
  leaf: X509Certificate,
  pool: readonly X509Certificate[],
  place: string,
): Result<Chain> {
  const path: X509Certificate[] = [leaf];
  for (let current = leaf; ; ) {
    const issuer = pool.find((other) => current.checkIssued(other) && current.verify(other.publicKey));
    if (issuer?.fingerprint256 === current.fingerprint256) {
      return ok({ leaf, intermediates: path.slice(1, -1), root: current });
    }
    if (issuer === undefined || path.includes(issuer)) {
      return refuse({
        code: 'sign/certificate-chain-incomplete',
        message: 'The chain of certificates does not reach a self-signed root.',
        place,
        cause: `The issuer is missing: ${oneLine(current.issuer)}`,
        next: 'Append the intermediate certificates and the root to the certificate file.',
      });
    }
    path.push(issuer);
    current = issuer;
  }
}

/** Checks usage and dates of a chain, and that its key makes the same signature every time (RSA). */
export function checkChain(chain: Chain, now: Date, place: string): Result<void> {
  const { leaf, intermediates, root } = chain;
  if (leaf.ca || !leaf.keyUsage?.includes(CODE_SIGNING)) {
    return refuse({
      code: 'sign/certificate-not-code-signing',
      message: 'The certificate is not one for signing code.',
      place,
      cause: `Extended key usage of ${oneLine(leaf.subject)}: ${leaf.keyUsage?.join(', ') ?? 'none'}`,
      next: 'Use a certificate whose extended key usage contains codeSigning, placed first in the file.',
    });
  }
  const suitable = checkKeyType(leaf.publicKey, place);
  if (!suitable.ok) return suitable;
  for (const certificate of [leaf, ...intermediates, root]) {
    const valid = checkDates(certificate, now, place);
    if (!valid.ok) return valid;
  }
  return ok();
}

function checkKeyType(key: KeyObject, place: string): Result<void> {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === 'rsa' && bits >= LEAST_RSA_BITS) return ok();
  return refuse({
    code: 'sign/key-unsuitable',
    message: `The key must be RSA with at least ${LEAST_RSA_BITS} bits.`,
    place,
    cause: `It is ${key.asymmetricKeyType}${bits === 0 ? '' : ` with ${bits} bits`}. ECDSA signatures differ each time, and signed files would too.`,
    next: 'Import an RSA key and its certificate.',
  });
}

/** Fails when `now` is outside the certificate's validity. */
export function checkDates(certificate: X509Certificate, now: Date, place: string): Result<void> {
  const cause = `${oneLine(certificate.subject)} is valid from ${certificate.validFrom} to ${certificate.validTo}.`;
  if (now.getTime() > Date.parse(certificate.validTo)) {
    return refuse({
      code: 'sign/certificate-expired',
      message: 'A certificate of the signing key has expired.',
      place,
      cause,
      next: 'Import the key again with a current certificate.',
    });
  }
  if (now.getTime() >= Date.parse(certificate.validFrom)) return ok();
  return refuse({
    code: 'sign/certificate-not-yet-valid',
    message: 'A certificate of the signing key is not valid yet.',
    place,
    cause,
    next: "Check this machine's clock.",
  });
}

/** Reads a private key in PEM form and checks that it is the certificate's. The key's text is in no failure. */
export function checkPrivateKey(
  pem: string,
  passphrase: Secret | undefined,
  certificate: X509Certificate,
  place: string,
): Result<void> {
  let key: KeyObject;
  try {
    key = createPrivateKey(
      passphrase === undefined ? { key: pem } : { key: pem, passphrase: passphrase.reveal() },
    );
  } catch (error) {
    return keyUnreadable(pem, error, place);
  }
  if (certificate.checkPrivateKey(key)) return ok();
  return keyMismatch(certificate, place);
}

function keyUnreadable(pem: string, error: unknown, place: string): Result<never> {
  if (/^(?:-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED)/m.test(pem)) {
    return refuse({
      code: 'sign/key-encrypted',
      message: 'The private key is encrypted and the passphrase is missing or wrong.',
      place,
      next: 'Name the file or environment variable that holds the passphrase.',
    });
  }
  return refuse({
    code: 'sign/key-unreadable',
    message: 'The file holds no private key in PEM form.',
    place,
    // Only the code: what a parser quotes of its input may be the key.
    cause: (error as { readonly code?: string }).code ?? 'The key could not be parsed.',
  });
}

/** The failure for a key that is not the certificate's. */
export function keyMismatch(certificate: X509Certificate, place: string): Result<never> {
  return refuse({
    code: 'sign/key-mismatch',
    message: 'The private key does not belong to the certificate.',
    place,
    cause: `The certificate is that of ${oneLine(certificate.subject)}.`,
    next: "Put the key's own certificate first in the certificate file.",
  });
}

/** sha-256 of the certificate's DER form, 64 lower-case hexadecimal digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** A distinguished name on one line. */
export function oneLine(name: string): string {
  return name.split('\n').join(', ');
}

function unreadable(place: string, cause: string): Result<never> {
  return refuse({
    code: 'sign/certificate-unreadable',
    message: 'The certificate could not be read.',
    place,
    cause,
    next: 'Give certificates in PEM form, the signing certificate first.',
  });
}
