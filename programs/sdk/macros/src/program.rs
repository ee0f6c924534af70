//! The expansion of `#[kim::program]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, LitStr, Result};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let library: Option<LitStr> =
        if arguments.is_empty() { None } else { Some(unless_feature(arguments)?) };
    let function: ItemFn = syn::parse2(item)?;
    let signature = &function.sig;
    if let Some(asyncness) = signature.asyncness {
        return Err(Error::new_spanned(
            asyncness,
            "a program is not async: it declares, the engine waits; use Output::map for what is known later",
        ));
    }
    if signature.inputs.len() != 1 || !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            signature,
            "a program looks like: fn deploy(stack: &kim::Stack) -> kim::Result<()>",
        ));
    }
    let name = &signature.ident;
    let condition = library.map(|feature| quote!(#[cfg(not(feature = #feature))]));
    Ok(quote! {
        #function

        // A wrong signature is reported here, natively as well.
        const _: fn(&::kim::Stack) -> ::kim::Result<()> = #name;
        #condition
        ::kim::__export!(#name);
    })
}

fn unless_feature(arguments: TokenStream) -> Result<LitStr> {
    let pair: syn::MetaNameValue = syn::parse2(arguments)?;
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(feature), .. })
            if pair.path.is_ident("unless_feature") =>
        {
            Ok(feature.clone())
        }
        _ => Err(Error::new_spanned(pair, "the only argument is: unless_feature = \"library\"")),
    }
}
