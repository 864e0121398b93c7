package rpc

//go:generate go run ./internal/gen
