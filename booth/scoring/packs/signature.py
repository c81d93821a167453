"""Who made a pack: an Ed25519 signature of its manifest, which names all the rest by hash."""

from pathlib import Path

SIZE = 64
"""Bytes of a signature, as `openssl pkeyutl -sign -rawin` writes it."""


class KeyUnusable(ValueError):
    """What is in a file of this name is no Ed25519 public key."""


def holds(content: bytes, signature: bytes, key: Path) -> bool:
    """Whether `signature` is of `content` by the public key in the PEM file `key`. Raises KeyUnusable."""
    # Imported by those alone who ask for signatures: it opens OpenSSL.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(key.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyUnusable(
            error.strerror if isinstance(error, OSError) else "it is no PEM file of a public key"
        ) from error
    if not isinstance(public, Ed25519PublicKey):
        raise KeyUnusable("its key is not an Ed25519 key")
    try:
        public.verify(signature, content)
    except InvalidSignature:
        return False
    return True
