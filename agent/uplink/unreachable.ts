const clockWords = "by this computer's clock, the collector's certificate is";

/** Codes of Node, OpenSSL and our own, in words for whoever has to put it right. */
const words: Record<string, string> = {
  CERT_NOT_YET_VALID: `${clockWords} not valid yet: put the clock right`,
  CERT_HAS_EXPIRED: `${clockWords} valid no longer: put the clock right, or renew the certificate`,
  wrongCertificate: 'another certificate is shown there than the one this computer was enrolled with',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority this computer trusts does not vouch for the certificate shown there',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the authority this computer trusts does not vouch for the certificate shown there',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the authority this computer trusts does not vouch for the certificate shown there',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority this computer trusts does not vouch for the certificate shown there',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate shown there is for another name than that of the collector',
  ECONNREFUSED: 'nobody listens at its address',
  ENOTFOUND: 'its name is not known in this network',
  EAI_AGAIN: 'names cannot be looked up in this network',
  EHOSTUNREACH: 'there is no way to its address from this network',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'its address does not answer',
  ECONNRESET: 'the connection was cut off',
  Error: 'what answers there is no collector, or too slow',
  tooLarge: 'the answer is larger than a collector gives',
  ERR_PROXY_TUNNEL: 'the proxy does not let it through',
};

/** Why no connection came about, in words. Pure. @param code of the error; one that is not known is given back as it is */
export function whyUnreachable(code: string): string {
  return words[code] ?? code;
}
