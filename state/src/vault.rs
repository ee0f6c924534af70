//! Keys: each stack has a random data key, which seals its secrets.
//!
//! A key wrapper protects the data key at rest.
//!
//! Invariants: a data key leaves memory in wrapped form only. Keys and passphrases are wiped when
//! dropped, and `Debug` never shows them. A key is derived or unwrapped when it is first needed,
//! and then once in the life of a vault.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kim_engine::ports::StoreError;
use kim_model::bounds;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;

/// The key that seals the secrets of one stack. It is wiped when dropped.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Creates a key from its 32 bytes, as a [`KeyWrapper`] unwrapped them.
    pub fn from_bytes(bytes: [u8; 32]) -> DataKey {
        DataKey(Zeroizing::new(bytes))
    }

    /// Returns the key's 32 bytes, for a [`KeyWrapper`] to wrap.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn random() -> Result<DataKey, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill_random(bytes.as_mut())?;
        Ok(DataKey(bytes))
    }

    /// Seals `clear`. Only the same `context` opens it.
    ///
    /// Returns a random nonce, followed by the sealed bytes.
    pub(crate) fn seal(&self, context: &[u8], clear: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce)?;
        let sealed = XChaCha20Poly1305::new((&*self.0).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: clear, aad: context })
            .map_err(|_| StoreError::Secrets("a secret is too large to be sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`DataKey::seal`] returned.
    ///
    /// Returns `None` if the key or context differs, or the bytes were changed.
    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let cipher = XChaCha20Poly1305::new((&*self.0).into());
        cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context })
            .ok()
            .map(Zeroizing::new)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey([secret])")
    }
}

/// Protects data keys at rest: a passphrase, or a key service.
///
/// Its methods are called on threads that may block, never on a worker of an async runtime. Calls
/// may overlap.
///
/// ```
/// use kim_state::{DataKey, KeyWrapper, Vault};
///
/// /// A key service of your own would be asked here; this one keeps keys as they are.
/// struct Plain;
///
/// impl KeyWrapper for Plain {
///     fn scheme(&self) -> &str {
///         "plain"
///     }
///     fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String> {
///         Ok(key.bytes().to_vec())
///     }
///     fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String> {
///         let bytes = wrapped.try_into().map_err(|_| "this is not a key of 32 bytes")?;
///         Ok(DataKey::from_bytes(bytes))
///     }
/// }
///
/// assert_eq!(format!("{:?}", Vault::wrapper(Plain)), "Vault(plain)");
/// ```
pub trait KeyWrapper: Send + Sync {
    /// Returns the name of the scheme in the state file.
    ///
    /// It has no colon: `passphrase`, `aws-kms`. Only the scheme that wrapped a key unwraps it.
    fn scheme(&self) -> &str;
    /// Wraps a key. The error is for people: why it failed, and what to do.
    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String>;
    /// Unwraps what [`KeyWrapper::wrap`] returned.
    ///
    /// The error is for people: why it failed, and what to do.
    fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String>;
}

/// The source of the keys that seal and open the secrets of a store.
pub struct Vault {
    wrapper: Option<Box<dyn KeyWrapper>>,
    unwrapped: Mutex<HashMap<String, Arc<DataKey>>>,
}

impl Vault {
    /// Creates a vault without keys, for stacks without secrets.
    ///
    /// Sealing or opening a secret fails, with an error that says how to set a passphrase.
    pub fn none() -> Vault {
        Vault { wrapper: None, unwrapped: Mutex::default() }
    }

    /// Creates a vault whose keys are wrapped by a passphrase, through argon2id.
    ///
    /// The first secret derives the key.
    pub fn passphrase(text: impl Into<String>) -> Vault {
        Vault::wrapper(Passphrase(Zeroizing::new(text.into())))
    }

    /// Creates a vault whose keys another wrapper wraps, such as a key service.
    pub fn wrapper(wrapper: impl KeyWrapper + 'static) -> Vault {
        Vault { wrapper: Some(Box::new(wrapper)), unwrapped: Mutex::default() }
    }

    /// Creates a data key. Returns its wrapped form, `scheme:base64`, and the key.
    pub(crate) fn new_key(&self, stack: &str) -> Result<(String, Arc<DataKey>), StoreError> {
        let wrapper = self.require_wrapper(stack)?;
        let key = DataKey::random()?;
        let wrapped = wrapper.wrap(&key).map_err(|why| secrets_error(stack, &why))?;
        let wrapped = format!("{}:{}", wrapper.scheme(), BASE64.encode(wrapped));
        Ok((wrapped.clone(), self.cache(wrapped, key)))
    }

    /// Returns the data key of a wrapped form. Unwraps it at the first call only.
    pub(crate) fn key(&self, wrapped: &str, stack: &str) -> Result<Arc<DataKey>, StoreError> {
        if let Some(key) =
            self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner).get(wrapped)
        {
            return Ok(key.clone());
        }
        let wrapper = self.require_wrapper(stack)?;
        let (scheme, bytes) =
            wrapped.split_once(':').ok_or_else(|| secrets_error(stack, "their key is damaged"))?;
        if scheme != wrapper.scheme() {
            let mine = wrapper.scheme();
            return Err(secrets_error(
                stack,
                &format!("their key is kept by '{scheme}', and this run uses '{mine}'"),
            ));
        }
        let bytes =
            BASE64.decode(bytes).map_err(|_| secrets_error(stack, "their key is damaged"))?;
        let key = wrapper.unwrap(&bytes).map_err(|why| secrets_error(stack, &why))?;
        Ok(self.cache(wrapped.to_owned(), key))
    }

    fn require_wrapper(&self, stack: &str) -> Result<&dyn KeyWrapper, StoreError> {
        self.wrapper.as_deref().ok_or_else(|| {
            secrets_error(
                stack,
                "there is no passphrase. Set KIM_PASSPHRASE, or KIM_PASSPHRASE_FILE to a file that holds it",
            )
        })
    }

    fn cache(&self, wrapped: String, key: DataKey) -> Arc<DataKey> {
        let mut unwrapped = self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner);
        unwrapped.entry(wrapped).or_insert_with(|| Arc::new(key)).clone()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.wrapper.as_deref().map_or("none", |wrapper| wrapper.scheme()))
    }
}

/// Returns an error about the secrets of a stack.
pub(crate) fn secrets_error(stack: &str, why: &str) -> StoreError {
    StoreError::Secrets(format!("the secrets of stack '{stack}' cannot be sealed or opened: {why}"))
}

/// A passphrase.
///
/// A key that it wrapped is: salt (16 bytes), memory in KiB, passes, lanes (4 bytes each, little
/// endian), then the sealed key.
struct Passphrase(Zeroizing<String>);

/// The cost of deriving a new key: memory in KiB, passes, lanes.
const NEW_KEY_COST: [u32; 3] = if cfg!(test) { [64, 1, 1] } else { [64 * 1024, 3, 1] };
/// The highest cost accepted from a file: 256 MiB, 16 passes, 4 lanes.
///
/// It is some twenty times that of a new key. More is an attack or damage, not a choice.
const MAX_COST: [u32; 3] = [
    (bounds::KEY_MEMORY.most() >> 10) as u32,
    bounds::KEY_PASSES.most() as u32,
    bounds::KEY_LANES.most() as u32,
];
const SALT_BYTES: usize = 16;
const HEADER_BYTES: usize = SALT_BYTES + 12;

impl Passphrase {
    fn derive(&self, header: &[u8; HEADER_BYTES]) -> Result<DataKey, String> {
        let number = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let cost = [SALT_BYTES, SALT_BYTES + 4, SALT_BYTES + 8].map(number);
        if cost.iter().zip(MAX_COST).any(|(cost, most)| *cost > most) {
            return Err("their key is damaged".into());
        }
        let [memory, passes, lanes] = cost;
        let params =
            Params::new(memory, passes, lanes, Some(32)).map_err(|_| "their key is damaged")?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), &header[..SALT_BYTES], key.as_mut())
            .map_err(|error| format!("the passphrase gives no key: {error}"))?;
        Ok(DataKey(key))
    }
}

impl KeyWrapper for Passphrase {
    fn scheme(&self) -> &str {
        "passphrase"
    }

    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String> {
        if self.0.is_empty() {
            return Err(
                "the passphrase is empty. Set KIM_PASSPHRASE, or KIM_PASSPHRASE_FILE to a file that holds it".into()
            );
        }
        let mut header = [0; HEADER_BYTES];
        fill_random(&mut header[..SALT_BYTES]).map_err(|error| error.to_string())?;
        for (place, cost) in header[SALT_BYTES..].chunks_exact_mut(4).zip(NEW_KEY_COST) {
            place.copy_from_slice(&cost.to_le_bytes());
        }
        let sealed =
            self.derive(&header)?.seal(&header, key.bytes()).map_err(|error| error.to_string())?;
        Ok([&header[..], &sealed].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String> {
        let (header, sealed) =
            wrapped.split_first_chunk::<HEADER_BYTES>().ok_or("their key is damaged")?;
        let clear = self.derive(header)?.open(header, sealed).ok_or(
            "the passphrase is not the one that they were sealed with. Set KIM_PASSPHRASE (or the file that \
             KIM_PASSPHRASE_FILE names) to that one",
        )?;
        let bytes = clear.as_slice().try_into().map_err(|_| "their key is damaged")?;
        Ok(DataKey::from_bytes(bytes))
    }
}

fn fill_random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| {
        StoreError::Secrets(format!("the operating system gives no random numbers: {error}"))
    })
}

/// Returns bytes as text.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Returns the bytes of a text, or `None` if it is not base64.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Returns a random number, not zero.
pub(crate) fn random_number() -> Result<i64, StoreError> {
    let mut bytes = [0; 8];
    fill_random(&mut bytes)?;
    Ok(i64::from_le_bytes(bytes) | 1)
}
