// An apk client made of go-apk, the library that apko was built on: it verifies the index's signature, resolves the world and
// installs. Usage: go-apk ROOT KEYFILE REPOSITORY install NAME... | update
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chainguard-dev/go-apk/pkg/apk"
	apkfs "github.com/chainguard-dev/go-apk/pkg/fs"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "go-apk:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 4 {
		return fmt.Errorf("usage: ROOT KEYFILE REPOSITORY update|install [NAME...]")
	}
	root, key, repository, verb, names := args[0], args[1], args[2], args[3], args[4:]
	ctx := context.Background()
	client, err := apk.New(apk.WithFS(apkfs.DirFS(root)), apk.WithArch("x86_64"), apk.WithIgnoreMknodErrors(true))
	if err != nil {
		return err
	}
	if err := client.InitDB(ctx); err != nil {
		return err
	}
	if err := client.InitKeyring(ctx, []string{key}, nil); err != nil {
		return err
	}
	if err := client.SetRepositories(ctx, []string{repository}); err != nil {
		return err
	}
	if verb == "update" {
		indexes, err := client.GetRepositoryIndexes(ctx, false)
		if err != nil {
			return err
		}
		for _, index := range indexes {
			fmt.Println("packages", index.Count())
		}
		return nil
	}
	if err := client.SetWorld(ctx, names); err != nil {
		return err
	}
	epoch := time.Unix(0, 0)
	if err := client.FixateWorld(ctx, &epoch); err != nil {
		return err
	}
	installed, err := client.GetInstalled()
	if err != nil {
		return err
	}
	for _, one := range installed {
		fmt.Println("installed", one.Name, one.Version)
	}
	return nil
}
