// Command iab backs up Incus instances and volumes from one server to another.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"iab/internal/cli"
)

// version is set by the release build.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, version)
	stop()
	os.Exit(code)
}
