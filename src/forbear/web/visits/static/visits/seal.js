// What the phone can do with secrets: open a sealed packet with the debtor's own characters, hash, and write JSON one way only.

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(content) {
  const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return hex(await crypto.subtle.digest("SHA-256", data));
}

// As the server writes it: keys sorted, no spaces, no fractions.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isInteger(value)) throw new TypeError(`a record holds no fraction: ${value}`);
  return JSON.stringify(value);
}

// Returns the figures, or null for other characters.
export async function open(packet, proof) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(proof), "PBKDF2", false, ["deriveKey"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt: bytes(packet.salt), iterations: packet.rounds };
  const key = await crypto.subtle.deriveKey(way, secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(packet.nonce) }, key, bytes(packet.cipher));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
}

export const proofOf = (typed) => typed.replace(/\s/g, "").toUpperCase();

export const wordProof = (word, salt) => sha256(`${salt}:${word.replace(/\s/g, "").toUpperCase()}`);
