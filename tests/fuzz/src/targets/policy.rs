//! Documents of policies: those that the local AWS checks, and their normal form.

use kim_aws_local::params::percent_encode;
use kim_model::schema::Form;
use kim_plugin_aws::policy;

use super::local_aws;

/// Gives one document to every action that takes one, and compares it.
pub(super) fn run(bytes: &[u8]) {
    let Ok(document) = std::str::from_utf8(bytes) else { return };
    compare(document);
    let form = percent_encode(document, false);
    let json = serde_json::json!(document);
    let requests = [
        format!(
            "iam POST /\n\nAction=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument={form}"
        ),
        format!(
            "iam POST /\n\nAction=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument={form}"
        ),
        format!(
            "iam POST /\n\nAction=PutRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=q&PolicyDocument={form}"
        ),
        format!("kms POST /\nx-amz-target: TrentService.CreateKey\n\n{{\"Policy\": {json}}}"),
        format!("dlm POST /policies\n\n{document}"),
    ];
    local_aws::run(requests.join("\n-----\n").as_bytes());
}

fn compare(document: &str) {
    let normal = Form::Policy.normal(document);
    assert_eq!(Form::Policy.normal(&normal), normal, "a normal form has another one");
    let statements = policy::statements(document);
    if let Ok(statements) = statements {
        statements.iter().for_each(|statement| {
            let _ = policy::texts(statement.get("Action"));
        });
        let spelled = serde_json::from_str::<serde_json::Value>(document).unwrap().to_string();
        assert!(Form::Policy.same(document, &spelled), "another spelling is a difference");
    }
    let decoded = policy::percent_decoded(&percent_encode(document, false));
    assert_eq!(decoded, document, "a document that IAM reports");
}
