//! Serves a local AWS until Enter is pressed: `cargo run -p kim-aws-local --example serve --
//! [WORLD.db]`.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = std::env::args_os().nth(1).map(Into::into);
    let aws =
        kim_aws_local::LocalAws::start(kim_aws_local::Options { world, ..Default::default() })
            .await?;
    println!("{}", aws.endpoint());
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    aws.stop().await;
    Ok(())
}
