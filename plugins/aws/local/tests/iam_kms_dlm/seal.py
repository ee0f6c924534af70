"""Seals something with a key of a world that is closed after that; `open.py` opens it. An alias finds the key again,
and the ciphertext waits as its description."""

import base64

from harness import client

kms = client("kms")
key = kms.create_key()["KeyMetadata"]["KeyId"]
sealed = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
kms.update_key_description(KeyId=key, Description=base64.b64encode(sealed).decode())
kms.create_alias(AliasName="alias/kept", TargetKeyId=key)
