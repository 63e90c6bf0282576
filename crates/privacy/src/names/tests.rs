//! Private names of many kinds, and names that only look like them.

use super::*;

#[test]
fn the_data_can_be_read() {
    assert!(NAMES.is_some());
}

#[test]
fn private_names_are_known() {
    let private = "\
.env | .ENV | .Env.Local | .env.production | .env-prod | .env_staging | .env~ | .env.bak | .env.old | .env.orig | .env.save | .env.swp | .env.1
.env (1) | .env copy | .env - Copy | .env (copy) | Copy of .env | .env.backup | .env.20240131 | .env.2024-01-31 | #.env# | .#.env | .env2 | .env.
.env%20 | %2Eenv | .env::$DATA | .env:stream | .env?{\"ref\":\"~\"} | .env#W0 | .env.zip | .env.gz | .env.local.bak~ | prod.env | docker.env | config/prod.env.bak
.envrc | .flaskenv | .dev.vars | env.production | env.local | .env.php | .env.local.php | .env.vault | .envs/.production/.django
server.pem | tls.key | TLS.KEY | ca.crt | site.cer | root.der | AuthKey_ABC123.p8 | cert.p12 | cert.pfx | chain.p7b | request.csr | key.ppk | backup.gpg | message.asc
id_rsa | ID_ED25519 | id_rsa.bak | id_rsa (1) | id_rsa_work | id_ecdsa_sk | id_rsa.pub | deploy_rsa | ssh_host_rsa_key | authorized_keys | known_hosts | .ssh/config | .ssh/work
secret.agekey | server.keytab | app.mobileprovision | signing.snk | privkey.pem.1 | private_key.txt | tls.key.old
release.jks | debug.keystore | upload-keystore.jks | vault.kdbx | login.keychain-db | wallet.dat | my.opvault | key.properties | local.properties
.git-credentials | .netrc | _netrc | .pgpass | .my.cnf | .mylogin.cnf | .npmrc | .pypirc | .yarnrc.yml | pip.conf | .s3cfg | .boto | .dockercfg | .docker/config.json
.kube/config | kubeconfig | kubeconfig.yaml | prod.kubeconfig | .aws/credentials | .aws/config | .azure/accessTokens.json | .config/gcloud/credentials.db | .config/gh/hosts.yml
.gem/credentials | .cargo/credentials | .cargo/credentials.toml | .m2/settings.xml | .gradle/gradle.properties | NuGet.Config | .terraformrc | .vault-token | .vault_pass | .vault_pass.txt
.htpasswd | .htpasswd~ | master.key | config/credentials.yml.enc | config/credentials/production.yml.enc | config/database.yml | auth.json | rclone.conf | client.ovpn | wg0.conf
wp-config.php | wp-config.php.bak | wp-config-sample.php.old | wp-config.bak.php | LocalSettings.php | /etc/shadow | /etc/passwd | sftp-config.json | rootkey.csv | dev_accessKeys.csv | kaggle.json
terraform.tfvars | prod.auto.tfvars | prod.tfvars.json | terraform.tfstate | terraform.tfstate.backup | terraform.tfstate.1690000000.backup | plan.tfplan | local.settings.json
service-account.json | service_account.json | my-project-service-account-key.json | serviceAccountKey.json | firebase-adminsdk-x1.json | app-firebase-adminsdk-x1-0a.json
client_secret.json | client_secret_123.apps.googleusercontent.com.json | application_default_credentials.json | google-services.json | credentials.json | credentials (1).json | token.json | access_token.txt
secrets.yml | secrets.yaml | secrets.toml | secrets.json | secret.json | secrets.production.yml | secrets.prod.json | app-secrets.yaml | secrets | .secrets | .secrets.toml | secrets (2).yml | secrets_backup.yml
credentials | aws_credentials.csv | credentials.csv | creds.txt | db-credentials.properties | passwords.txt | password.txt | passwords.csv | secrets/db.txt | api_key.txt | .streamlit/secrets.toml
.bash_history | .zsh_history | .psql_history | .python_history | .node_repl_history | .mysql_history | .sqlite_history | fish_history | .env.cmd | .env.ksh | secrets.edn | vault/secrets.hcl | ConsoleHost_history.txt | .zhistory | .lesshst | .viminfo";
    check(private, true);
}

#[track_caller]
fn check(table: &str, expected: bool) {
    let names = table.split(['|', '\n']).map(str::trim);
    let is_wrong = |name: &&str| {
        let within = Path::new("/home/me/project").join(name);
        is_private(&within) != expected || is_private(Path::new(name)) != expected
    };
    let wrong: Vec<&str> = names.filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn look_alikes_stay_usable() {
    let public = "\
main.rs | environment.py | environment.rs | env.py | env.d.ts | env.ts | src/env/mod.rs | environments.md | dotenv.rs | dotenv.js | .env.example | .env.sample | .env.template | .env.dist | .env.d.ts
.envoy.yaml | envoy.yaml | environment.yml | environment.prod.ts | prod.env.js | .environment.rs | .editorconfig | .gitignore | .eslintrc.json | .prettierrc
keys.rs | key.py | monkey.py | keyboard.ts | keymap.json | keybindings.json | keyring.go | hotkey.css | turkey.csv | keywords.txt | pem.rs | x509.go | certs.go | certificate.py | rsa.rs | id.ts | identity.rs | ids.json | id_generator.py
credentials.rs | credentials.py | Credentials.java | credential_provider.go | secrets.rs | secrets.py | secret.ts | secret_manager.py | secretary.py | secret-santa.md | secret_scanning.yml | secretary.json | src/secrets/mod.rs | src/credentials/index.ts
token.ts | tokens.json | tokenizer.json | tokenizer_config.json | token.rs | design-tokens.json | tokens.css | authToken.ts | password.rs | password_reset.html | passwords.py | PasswordField.tsx | password-reset.json | passport.js | pass.go
history.rs | history.md | HISTORY.md | CHANGELOG.md | history.json | browser_history.py | vault.go | vault.rs | vaultwarden.md | wallet.rs | wallet.ts | keystore.rs | KeyStore.java | truststore.go
docker-compose.yml | Dockerfile | .dockerignore | .docker/Dockerfile | .docker/nginx.conf | config.json | config.yml | config.toml | settings.json | settings.py | appsettings.json | appsettings.Development.json | application.properties | gradle.properties
main.tf | variables.tf | outputs.tf | terraform.lock.hcl | .terraform.lock.hcl | kube.rs | kubernetes.yaml | deployment.yaml | service.yaml | account.json | serviceworker.js | service.json | firebase.json | google.py
package.json | package-lock.json | Cargo.toml | Cargo.lock | tsconfig.json | .npmignore | pyproject.toml | Gemfile | requirements.txt | README.md | LICENSE | Makefile | data.csv | schema.sql | index.php | config.php | wp-content.php
auth.ts | auth.py | auth.rs | oauth.ts | oauth2.go | authorization.rs | login.html | ssh.rs | ssh/mod.rs | aws/client.ts | gnupg.py | netrc.py | npmrc.ts | a.env.d.ts | credentials.schema.json | .github/workflows/secrets.md | secrets.tf | secret.css | Credentials.hxx | secrets.fsx | passwords.pas | Secret.cls | credentials.glsl | token.mk";
    check(public, false);
}

#[test]
fn languages_of_private_files_are_known() {
    for id in ["dotenv", "DotEnv", "ssh_config", "pem"] {
        assert!(is_private_language(id), "{id}");
    }
    for id in ["rust", "properties", "shellscript", "json", ""] {
        assert!(!is_private_language(id), "{id}");
    }
}
