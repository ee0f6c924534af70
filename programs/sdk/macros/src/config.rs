//! The expansion of `#[kim::config]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Result};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[kim::config] takes no arguments"));
    }
    let input: DeriveInput = syn::parse2(item)?;
    let serde = match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
            quote!(deny_unknown_fields)
        }
        Data::Struct(_) => quote!(),
        Data::Enum(_) if renames(&input) => quote!(deny_unknown_fields),
        Data::Enum(_) => quote!(deny_unknown_fields, rename_all = "kebab-case"),
        Data::Union(data) => {
            return Err(Error::new_spanned(data.union_token, "a union cannot be configuration"));
        }
    };
    Ok(quote_spanned! {input.span()=>
        #[derive(::std::fmt::Debug, ::std::clone::Clone, ::kim::serde::Deserialize)]
        #[serde(crate = "::kim::serde", #serde)]
        #input
    })
}

/// Returns true if a serde attribute sets the spelling of variants.
///
/// Such attributes are `rename_all` and `untagged`.
fn renames(input: &DeriveInput) -> bool {
    input.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).any(|attribute| {
        let mut found = false;
        let parsed = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("rename_all") || meta.path.is_ident("untagged");
            if let Ok(value) = meta.value() {
                value.parse::<syn::Expr>()?;
            }
            Ok(())
        });
        parsed.is_ok() && found
    })
}
