// WebAuthn options and answers as JSON: the server speaks base64url, the browser speaks buffers.

interface Credential {
  id: string;
  type: string;
  transports?: string[];
}

/** What the server sends for a new passkey (`publicKey` of `navigator.credentials.create`). */
export interface CreationOptions {
  publicKey: {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: Credential[];
    authenticatorSelection?: Record<string, unknown>;
    [name: string]: unknown;
  };
}

/** What the server sends to ask for a passkey (`publicKey` of `navigator.credentials.get`). */
export interface RequestOptions {
  publicKey: { challenge: string; allowCredentials?: Credential[]; [name: string]: unknown };
}

/** base64url, with or without padding, to bytes. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, ""));
  const out = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) out[i] = plain.charCodeAt(i);
  return out;
}

/** Bytes to base64url without padding. */
export function text(buffer: ArrayBuffer | null | undefined): string {
  let plain = "";
  for (const one of new Uint8Array(buffer ?? new ArrayBuffer(0))) plain += String.fromCharCode(one);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const known = (list: Credential[] | undefined): PublicKeyCredentialDescriptor[] =>
  (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }) as unknown as PublicKeyCredentialDescriptor);

/** Options for `create`. `alone`: the passkey shall sign in without a password, so the device must know its owner. */
export function forCreate(options: CreationOptions, alone: boolean): CredentialCreationOptions {
  const key = options.publicKey;
  const selection: Record<string, unknown> = {
    ...key.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
  };
  if (alone) selection["userVerification"] = "required";
  return {
    publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      user: { ...key.user, id: bytes(key.user.id) },
      excludeCredentials: known(key.excludeCredentials),
      authenticatorSelection: selection,
    } as unknown as PublicKeyCredentialCreationOptions,
  };
}

/** Options for `get`. */
export function forGet(options: RequestOptions): CredentialRequestOptions {
  const key = options.publicKey;
  return {
    publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      allowCredentials: known(key.allowCredentials),
    } as unknown as PublicKeyCredentialRequestOptions,
  };
}

/** A credential as the JSON that the server reads. */
export function answer(credential: PublicKeyCredential): string {
  const response = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const said: Record<string, unknown> = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    said["attestationObject"] = text(response.attestationObject);
    said["transports"] = response.getTransports?.() ?? [];
  } else {
    said["authenticatorData"] = text(response.authenticatorData);
    said["signature"] = text(response.signature);
    said["userHandle"] = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: said,
  });
}
