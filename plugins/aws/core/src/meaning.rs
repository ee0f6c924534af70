//! What AWS's error codes mean: one table for all services that the plugins use.
//!
//! Sources: `shapes` with `exception` in botocore's models of IAM, KMS and DLM, all of them; for
//! EC2, whose model has none, "Error codes for the Amazon EC2 API"
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>); for what each
//! service may answer, "Common Errors" in its API reference.

/// What an error code means for whoever sent the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meaning {
    /// Too many calls, or another change is in flight. The same request may succeed.
    Throttled,
    /// AWS failed. It is unknown whether anything happened.
    Transient,
    /// Something does not exist.
    NotFound,
    /// Something else is in the way. A delete may succeed once that is gone.
    Conflict,
    /// Passes by itself, within a minute or so.
    NotYet,
    /// Does not pass until somebody changes something else.
    Refused,
    /// An earlier create used the token.
    TokenUsed,
    /// The credentials do not permit it.
    Denied,
    /// An input is wrong.
    Invalid,
}

/// Each meaning with the codes that have it, sorted.
const CODES: &[(Meaning, &[&str])] = &[
    (
        Meaning::Throttled,
        &[
            "BandwidthLimitExceeded",
            "ClientRequestLimitExceeded",
            // Refused because another change is in flight.
            "ConcurrentModification",
            "ConcurrentModificationException",
            "EC2ThrottledException",
            "EntityTemporarilyUnmodifiable",
            "EntityTemporarilyUnmodifiableException",
            "PriorRequestNotComplete",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ],
    ),
    (
        Meaning::Transient,
        &[
            "DependencyTimeout",
            "DependencyTimeoutException",
            "InternalError",
            "InternalException",
            "InternalFailure",
            "InternalFailureException",
            "InternalServerError",
            "InternalServerException",
            "KMSInternal",
            "KMSInternalException",
            "KeyUnavailableException",
            "OpenIdIdpCommunicationError",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceFailure",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "Unavailable",
            "XksProxyInvalidResponseException",
            "XksProxyUriUnreachableException",
        ],
    ),
    (
        Meaning::NotFound,
        // Others end in `NotFound` or `NotFoundException`.
        &[
            "Gateway.NotAttached",
            "InvalidPlacementGroup.Unknown",
            "NoSuchEntity",
            "NoSuchEntityException",
            "ReportExpired",
            "ReportNotPresent",
        ],
    ),
    (
        Meaning::Conflict,
        &[
            "AlreadyExistsException",
            "CloudHsmClusterInUseException",
            "CloudHsmClusterNotActiveException",
            "ConflictException",
            "CustomKeyStoreHasCMKsException",
            "CustomKeyStoreInvalidStateException",
            "CustomKeyStoreNameInUseException",
            "DeleteConflict",
            "DependencyViolation",
            "DuplicateCertificate",
            "DuplicateSSHPublicKey",
            "EntityAlreadyExists",
            "IncorrectInstanceState",
            "IncorrectState",
            "IncorrectStateException",
            "InsufficientAddressCapacity",
            "InsufficientHostCapacity",
            "InsufficientInstanceCapacity",
            "InvalidAMIID.Unavailable",
            "InvalidGroup.Duplicate",
            "InvalidGroup.InUse",
            "InvalidIPAddress.InUse",
            "InvalidKeyPair.Duplicate",
            "InvalidNetworkInterface.InUse",
            "InvalidPermission.Duplicate",
            "InvalidPlacementGroup.Duplicate",
            "InvalidPlacementGroup.InUse",
            "InvalidSubnet.Conflict",
            "KMSInvalidStateException",
            "ReportInProgress",
            "Resource.AlreadyAssigned",
            "Resource.AlreadyAssociated",
            "ResourceAlreadyAssociated",
            "ResourceAlreadyExistsException",
            "ResourceInUse",
            "ResourceInUseException",
            "RouteAlreadyExists",
            "VolumeInUse",
            "XksKeyAlreadyInUseException",
            "XksProxyUriEndpointInUseException",
            "XksProxyUriInUseException",
            "XksProxyVpcEndpointServiceInUseException",
        ],
    ),
    // A modification of a volume in flight. Others are told by their message: `knows_no_iam`.
    (Meaning::NotYet, &["IncorrectModificationState"]),
    (
        Meaning::Refused,
        // Quotas are here too; others end in `LimitExceeded`.
        &[
            "AddressLimitExceeded",
            "CannotDelete",
            "DisabledException",
            "FeatureDisabled",
            "FeatureEnabled",
            "LimitExceeded",
            "LimitExceededException",
            "NotSupportedService",
            "OperationNotPermitted",
            "OrganizationNotInAllFeaturesModeException",
            "PolicyNotAttachable",
            "ServiceAccessNotEnabledException",
            "UnmodifiableEntity",
            "VcpuLimitExceeded",
            "VolumeModificationRateExceeded",
        ],
    ),
    (
        Meaning::TokenUsed,
        &[
            "IdempotencyConflictException",
            "IdempotencyParameterMismatch",
            "IdempotencyParameterMismatchException",
            "IdempotentInstanceTerminated",
            "IdempotentParameterMismatch",
            "IdempotentParameterMismatchError",
            "IdempotentParameterMismatchException",
        ],
    ),
    (
        Meaning::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AccountNotManagementOrDelegatedAdministratorException",
            "AuthFailure",
            "AuthorizationError",
            "Blocked",
            "CallerIsNotManagementAccountException",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
            "OptInRequired",
            "PendingVerification",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "UnauthorizedOperation",
            "UnrecognizedClientException",
            "XksProxyIncorrectAuthenticationCredentialException",
        ],
    ),
    (
        Meaning::Invalid,
        // Others begin with `Invalid`, `Malformed`, `Missing`, `Unknown` or `Unsupported`.
        &[
            "CloudHsmClusterInvalidConfigurationException",
            "CloudHsmClusterNotRelatedException",
            "DryRunOperation",
            "DryRunOperationException",
            "ExpiredImportTokenException",
            "IncorrectKeyException",
            "IncorrectKeyMaterialException",
            "IncorrectTrustAnchorException",
            "KMSInvalidMacException",
            "KMSInvalidSignatureException",
            "KeyPairMismatch",
            "PasswordPolicyViolation",
            "PolicyEvaluation",
            "TagException",
            "TagPolicyException",
            "UnrecognizedPublicKeyEncoding",
            "ValidationError",
            "ValidationErrorException",
            "ValidationException",
            "XksKeyInvalidConfigurationException",
            "XksProxyInvalidConfigurationException",
            "XksProxyVpcEndpointServiceInvalidConfigurationException",
        ],
    ),
];

/// Returns the meaning of an error, or `None` if nothing says it.
///
/// What is listed counts more than the status: DLM answers a quota with 429, and EC2 a lack of
/// capacity with 500.
pub(crate) fn meaning(status: u16, code: &str, message: &str) -> Option<Meaning> {
    if knows_no_iam(code, message) {
        return Some(Meaning::NotYet);
    }
    let listed = CODES.iter().find(|(_, codes)| codes.binary_search(&code).is_ok());
    listed.map(|(meaning, _)| *meaning).or_else(|| match status {
        429 => Some(Meaning::Throttled),
        500.. => Some(Meaning::Transient),
        401 | 403 => by_shape(code).or(Some(Meaning::Denied)),
        _ => by_shape(code),
    })
}

/// Returns true if a service may not know a role or its like yet.
///
/// IAM shows a change to other services, and to itself, after some seconds. Each of them takes a
/// new one for a wrong input until then.
///
/// Sources: "Changes that I make are not always immediately visible" in "Troubleshooting IAM"; the
/// message of IAM in hashicorp/terraform-provider-aws#12436; that of KMS in the reference of
/// `PutKeyPolicy` ("you might need to enforce a delay before including the new principal"); that of
/// EC2 in "Troubleshooting IAM and Amazon EC2".
fn knows_no_iam(code: &str, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words: &[&str] = match code {
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => &["invalid principal"],
        "InvalidParameterValue" => &["iam instance profile", "iaminstanceprofile"],
        // DLM has no other code for a request that it does not accept.
        "InvalidRequestException" => &["role"],
        _ => &[],
    };
    words.iter().any(|word| message.contains(word))
}

/// Returns the meaning of a code that is not listed, by how it is written.
fn by_shape(code: &str) -> Option<Meaning> {
    let begins = ["Invalid", "Malformed", "Missing", "Unknown", "Unsupported"];
    let ends = ["NotFound", "NotFoundException", "NotFoundFault"];
    if ends.iter().any(|end| code.ends_with(end)) {
        Some(Meaning::NotFound)
    } else if code.ends_with("LimitExceeded") || code.ends_with("LimitExceededException") {
        Some(Meaning::Refused)
    } else if begins.iter().any(|begin| code.starts_with(begin)) || code.ends_with(".Malformed") {
        Some(Meaning::Invalid)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_has_one_meaning_and_is_found() {
        let mut seen = BTreeSet::new();
        for (meaning, codes) in CODES {
            assert!(codes.is_sorted(), "{meaning:?}");
            for code in *codes {
                assert!(seen.insert(*code), "{code} is listed twice");
                assert_eq!(super::meaning(500, code, ""), Some(*meaning), "{code}");
            }
        }
    }

    // The exceptions of botocore's models of IAM, KMS and DLM. One without a meaning would be a
    // failure whose outcome is not known.
    #[test]
    fn every_exception_of_the_models_has_a_meaning() {
        let iam = "AccountNotManagementOrDelegatedAdministratorException \
            CallerIsNotManagementAccountException ConcurrentModification DeleteConflict \
            DuplicateCertificate DuplicateSSHPublicKey EntityAlreadyExists \
            EntityTemporarilyUnmodifiable FeatureDisabled FeatureEnabled \
            InvalidAuthenticationCode InvalidCertificate InvalidInput InvalidPublicKey \
            InvalidUserType KeyPairMismatch LimitExceeded MalformedCertificate \
            MalformedPolicyDocument NoSuchEntity NotSupportedService OpenIdIdpCommunicationError \
            OrganizationNotFoundException OrganizationNotInAllFeaturesModeException \
            PasswordPolicyViolation PolicyEvaluation PolicyNotAttachable ReportExpired \
            ReportGenerationLimitExceeded ReportInProgress ReportNotPresent \
            ServiceAccessNotEnabledException ServiceFailure UnmodifiableEntity \
            UnrecognizedPublicKeyEncoding";
        let kms = "AlreadyExistsException CloudHsmClusterInUseException \
            CloudHsmClusterInvalidConfigurationException CloudHsmClusterNotActiveException \
            CloudHsmClusterNotFoundException CloudHsmClusterNotRelatedException ConflictException \
            CustomKeyStoreHasCMKsException CustomKeyStoreInvalidStateException \
            CustomKeyStoreNameInUseException CustomKeyStoreNotFoundException \
            DependencyTimeoutException DisabledException DryRunOperationException \
            ExpiredImportTokenException IncorrectKeyException IncorrectKeyMaterialException \
            IncorrectTrustAnchorException InvalidAliasNameException InvalidArnException \
            InvalidCiphertextException InvalidGrantIdException InvalidGrantTokenException \
            InvalidImportTokenException InvalidKeyUsageException InvalidMarkerException \
            KMSInternalException KMSInvalidMacException KMSInvalidSignatureException \
            KMSInvalidStateException KeyUnavailableException LimitExceededException \
            MalformedPolicyDocumentException NotFoundException TagException \
            UnsupportedOperationException XksKeyAlreadyInUseException \
            XksKeyInvalidConfigurationException XksKeyNotFoundException \
            XksProxyIncorrectAuthenticationCredentialException \
            XksProxyInvalidConfigurationException XksProxyInvalidResponseException \
            XksProxyUriEndpointInUseException XksProxyUriInUseException \
            XksProxyUriUnreachableException XksProxyVpcEndpointServiceInUseException \
            XksProxyVpcEndpointServiceInvalidConfigurationException \
            XksProxyVpcEndpointServiceNotFoundException";
        let dlm = "InternalServerException InvalidRequestException LimitExceededException \
            ResourceNotFoundException";
        for code in [iam, kms, dlm].into_iter().flat_map(str::split_whitespace) {
            assert!(meaning(400, code, "").is_some(), "{code} has no meaning");
        }
    }

    #[test]
    fn what_iam_has_just_made_may_be_known_later() {
        let not_yet = [
            (
                "MalformedPolicyDocument",
                "Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:x\"",
            ),
            (
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals.",
            ),
            (
                "InvalidParameterValue",
                "Value (node) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
            ),
            ("InvalidRequestException", "The execution role does not exist or cannot be assumed"),
        ];
        for (code, message) in not_yet {
            assert_eq!(meaning(400, code, message), Some(Meaning::NotYet), "{code}");
            assert_eq!(meaning(400, code, "It is wrong"), Some(Meaning::Invalid), "{code}");
        }
    }
}
