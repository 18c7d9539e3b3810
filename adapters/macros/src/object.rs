//! An object: an `impl` block, and the application that its methods make.
//!
//! Decides what is generated beside the block. Refuses what is no object's own block, and two
//! routes of which one could never be found. All that is wrong is told at once.

use crate::method::{Member, Route};
use blazeio::Method;
use blazeio::web::route::Routes;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ImplItem, Item, ItemImpl, Result};

/// The block, and the application; or what is wrong with it, and the block.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = match block(arguments, item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = error.to_compile_error();
            return quote!(#item #error);
        }
    };
    let members = members(&mut block).and_then(|members| check(&members).map(|()| members));
    match members {
        Ok(members) => {
            let object = object(&block, &members);
            quote!(#block #object)
        }
        Err(error) => {
            let error = error.to_compile_error();
            quote!(#block #error)
        }
    }
}

fn block(arguments: TokenStream, item: TokenStream) -> Result<ItemImpl> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`routes` takes nothing"));
    }
    let block = match syn::parse2(item)? {
        Item::Impl(block) => block,
        other => return Err(Error::new_spanned(other, "`routes` stands before an `impl` block")),
    };
    if let Some((path, _)) = &block.trait_ {
        let error = "`routes` stands before an object's own `impl` block, not that of a trait";
        return Err(Error::new_spanned(path, error));
    }
    if !block.generics.params.is_empty() {
        let error = "an object with routes cannot be generic";
        return Err(Error::new_spanned(&block.generics, error));
    }
    Ok(block)
}

/// The methods that have a part. Our attributes are taken away, whether they are right or not.
fn members(block: &mut ItemImpl) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut errors: Option<Error> = None;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        match Member::of(method) {
            Ok(member) => members.extend(member),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(members), Err)
}

/// Whether each route could be found, by the rules of the router.
fn check(members: &[Member]) -> Result<()> {
    let routes: Vec<&Route> = members.iter().flat_map(Member::routes).collect();
    let table: Vec<_> = routes
        .iter()
        .map(|route| {
            let pattern = route.place.pattern.as_str();
            match route.verb.as_ref().and_then(|v| Method::from_bytes(v.name().as_bytes())) {
                Some(method) => blazeio::web::route::Route::new(method, pattern, ()),
                None => blazeio::web::route::Route::any(pattern, ()),
            }
        })
        .collect();
    let Err(error) = Routes::new(&table) else { return Ok(()) };
    let Some(route) = routes.get(error.route()) else { return Ok(()) };
    let what = format!("{:?}: {}", route.place.pattern, error.kind().message());
    Err(Error::new(route.place.span, what))
}

fn object(block: &ItemImpl, members: &[Member]) -> TokenStream {
    let object = &block.self_ty;
    let additions = members.iter().map(|member| member.addition(object));
    quote! {
        #[automatically_derived]
        #[allow(clippy::pedantic)]
        impl ::blazeio_app::Object for #object {
            fn into_app(self: ::std::sync::Arc<Self>) -> ::blazeio_app::App {
                let object = self;
                let app = ::blazeio_app::App::new();
                #(#additions)*
                app
            }
        }
    }
}
