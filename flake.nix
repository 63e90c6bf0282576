# `nix run github:firesteel/firesteel`, or as an input of a configuration; the version is the workspace's.
{
  description = "Language server that puts a fast code model into any editor";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEach = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      version = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).workspace.package.version;
    in
    {
      packages = forEach (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "firesteel";
          inherit version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [
            "-p"
            "firesteel"
          ];
          # They open sockets and time things, which a build in a sandbox does not allow; `cargo test --workspace` runs them.
          doCheck = false;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            $out/bin/firesteel man man1
            installManPage man1/*
            for shell in bash fish zsh; do
              $out/bin/firesteel completions $shell > firesteel.$shell
              installShellCompletion firesteel.$shell
            done
          '';
          meta = {
            description = "Language server that puts a fast code model into any editor";
            homepage = "https://github.com/firesteel/firesteel";
            license = with pkgs.lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "firesteel";
          };
        };
      });
    };
}
