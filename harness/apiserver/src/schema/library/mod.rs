//! The libraries that Kubernetes adds to CEL: quantities, IP addresses and networks, URLs, finding
//! by patterns, more on lists, sets.

mod lists;
mod net;
mod quantity;
mod text;

use std::any::Any;
use std::sync::LazyLock;

use cel::common::types::Type;
use cel::common::value::{FromVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

/// Gives a type of ours a place in the language.
macro_rules! opaque {
    ($type:ident, $name:literal) => {
        impl Val for $type {
            fn get_type(&self) -> &Type {
                Self::cel_type()
            }

            fn cel_type() -> &'static Type {
                static TYPE: LazyLock<Type> = LazyLock::new(|| Type::new_opaque_type($name));
                &TYPE
            }

            fn equals(&self, other: &dyn Val) -> bool {
                Self::from_val(other) == Some(self)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
            where
                Self: 'v,
            {
                Box::new(self.clone())
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }

        impl StaticVal for $type {}
    };
}

opaque!(Quantity, "kubernetes.Quantity");
opaque!(Ip, "net.IP");
opaque!(Cidr, "net.CIDR");
opaque!(Url, "kubernetes.URL");

use net::{Cidr, Ip};
use quantity::Quantity;
use text::Url;

/// Adds all libraries to a language.
pub(super) fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    lists::extend(env)?;
    net::extend(env)?;
    quantity::extend(env)?;
    text::extend(env)
}

/// A value that a function cannot take.
fn refused(function: &str, why: String) -> ExecutionError {
    ExecutionError::function_error(function, why)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cel::{Context, Env, Value, extensions};

    fn check(expression: &str) -> Result<Value, String> {
        let mut env = Env::stdlib();
        env.add_extension(extensions::strings).unwrap();
        env.add_extension(extensions::lists).unwrap();
        super::extend(&mut env).unwrap();
        let program = env.compile(expression).map_err(|error| error.to_string())?;
        let context = Context::with_env(Arc::new(env));
        program.execute(&context).map_err(|error| error.to_string())
    }

    #[test]
    fn expressions_hold() {
        for expression in [
            "quantity('1Gi').isGreaterThan(quantity('1000Mi'))",
            "quantity('50k') == quantity('50000')",
            "quantity('1.5').add(quantity('500m')) == quantity('2')",
            "quantity('10').sub(3).asInteger() == 7",
            "quantity('1').compareTo(quantity('2')) == -1",
            "quantity('-1').sign() == -1 && !quantity('100m').isInteger()",
            "quantity('2.5').asApproximateFloat() == 2.5 && quantity('1e3').asInteger() == 1000",
            "isQuantity('20Mi') && !isQuantity('20 Mi') && !isQuantity('') && !isQuantity('Ki')",
            "isIP('192.168.0.1') && isIP('::1') && !isIP('192.168.0.01') && !isIP('a')",
            "ip('127.0.0.1').family() == 4 && ip('::1').isLoopback()",
            "ip('2001:db8::abcd') == ip('2001:DB8::ABCD') && string(ip('::1')) == '::1'",
            "ip.isCanonical('127.0.0.1') && !ip.isCanonical('2001:DB8::1')",
            "ip('10.0.0.1').isGlobalUnicast() && ip('169.254.0.1').isLinkLocalUnicast()",
            "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33')",
            "cidr('10.0.0.0/8').containsIP('10.1.2.3')",
            "!cidr('10.0.0.0/8').containsIP('11.0.0.1')",
            "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
            "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
            "cidr('::/48').prefixLength() == 48",
            "cidr('10.0.0.0/8').ip() == ip('10.0.0.0')",
            "isURL('https://e.com:80/a?b=c') && isURL('/a') && !isURL('a') && !isURL('../a')",
            "url('https://u@e.com:80/a%20b?x=1').getHost() == 'e.com:80'",
            "url('https://[::1]:80/').getHostname() == '::1'",
            "url('https://e.com:80').getPort() == '80'",
            "url('https://e.com/p').getScheme() == 'https' && url('/p?q').getEscapedPath() == '/p'",
            "'abc 123 45'.find('[0-9]+') == '123' && 'abc'.find('[0-9]+') == ''",
            "'123 abc 456'.findAll('[0-9]+') == ['123', '456']",
            "'1 2'.findAll('[0-9]', 1) == ['1']",
            "[1, 2, 3].isSorted() && !['b', 'a'].isSorted() && [].isSorted()",
            "[1, 3].sum() == 4",
            "[1.5, 2.5].sum() == 4.0 && [3, 1].min() == 1 && [3, 1].max() == 3",
            "[1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2 && [1].indexOf(5) == -1",
            "sets.contains([1, 2], [2]) && !sets.contains([1], [2]) && sets.contains([], [])",
            "sets.equivalent([1, 2, 2], [2, 1]) && sets.intersects([1, 2], [2, 3])",
        ] {
            assert_eq!(check(expression), Ok(Value::Bool(true)), "{expression}");
        }
        for expression in [
            "quantity('x')",
            "ip('x')",
            "cidr('x')",
            "url('x')",
            "'a'.find('(')",
            "[].min()",
            "quantity('1.5').asInteger()",
        ] {
            assert!(check(expression).is_err(), "{expression}");
        }
    }
}
