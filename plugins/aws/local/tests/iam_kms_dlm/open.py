"""Opens in a reopened world what `seal.py` has sealed."""

import base64

from harness import client, same

kms = client("kms")
sealed = base64.b64decode(kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["Description"])
same(kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"kept")
