// Command buildimage builds the image of fakelibvirtd and prints its name.
//
//	go run ./buildimage -tag dev
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/fakelibvirt/fakelibvirtd/harness/container"
)

func main() {
	tag := flag.String("tag", "", "the image's `tag`, instead of one made of what is in it")
	binary := flag.String("binary", "", "a static `program` to put in it, instead of one built of the source")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	var opts []container.BuildOption
	if *tag != "" {
		opts = append(opts, container.WithTag(*tag))
	}
	if *binary != "" {
		opts = append(opts, container.WithBinary(*binary))
	}
	name, err := container.BuildImage(context.Background(), opts...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(name)
}
