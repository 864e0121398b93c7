package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// source is what the generator takes from go-libvirt.
type source struct {
	types   map[string]ast.Expr // underlying expression by Go name
	structs map[string]string   // Go name by C name, structs alone
	consts  map[string]constant.Value
	numbers []number
	limits  map[string]int64 // libvirt's …_MAX constants by C name
	streams map[string]bool  // whose Go method passes a stream, by program and number
}

// number is one constant of the enums remote_procedure and qemu_procedure.
type number struct {
	goName string // without Proc: "DomainCreate", "QEMUDomainAttach"
	cName  string // "REMOTE_PROC_DOMAIN_CREATE"
	value  int64
}

// program tells which enum the number is from.
func (n number) program() string {
	if strings.HasPrefix(n.cName, "QEMU_") {
		return "qemu"
	}
	return "remote"
}

// parseSource reads go-libvirt's package and its internal/constants. The names
// in C stand in doc comments, "X is libvirt's remote_x": they are what ties
// numbers to structs.
func parseSource(dir string) (*source, error) {
	s := &source{
		types:   map[string]ast.Expr{},
		structs: map[string]string{},
		consts:  map[string]constant.Value{},
		limits:  map[string]int64{},
		streams: map[string]bool{},
	}
	err := errors.Join(
		parseDir(dir, s.declaration),
		parseDir(filepath.Join(dir, "internal", "constants"), s.constantOf),
	)
	return s, err
}

func parseDir(dir string, visit func(ast.Decl)) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			visit(d)
		}
	}
	return nil
}

// declaration takes in a declaration of the package itself.
func (s *source) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		s.method(d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				name := spec.Name.Name
				s.types[name] = spec.Type
				if _, ok := spec.Type.(*ast.StructType); ok {
					if c := cName(name, d.Doc); c != "" {
						s.structs[c] = name
					}
				}
			case *ast.ValueSpec:
				for i, name := range spec.Names {
					if i < len(spec.Values) {
						s.consts[name.Name] = literal(spec.Values[i])
					}
				}
			}
		}
	}
}

// constantOf takes in a declaration of internal/constants.
func (s *source) constantOf(d ast.Decl) {
	g, ok := d.(*ast.GenDecl)
	if !ok || g.Tok != token.CONST {
		return
	}
	for _, spec := range g.Specs {
		spec := spec.(*ast.ValueSpec)
		name := spec.Names[0].Name
		c := cName(name, spec.Doc)
		if c == "" || len(spec.Values) != 1 {
			continue
		}
		v := literal(spec.Values[0])
		if v == nil {
			continue
		}
		value, _ := constant.Int64Val(v)
		switch {
		case strings.HasPrefix(c, "REMOTE_PROC_"), strings.HasPrefix(c, "QEMU_PROC_"):
			s.numbers = append(s.numbers, number{strings.Replace(name, "Proc", "", 1), c, value})
		case strings.Contains(c, "_MAX"):
			s.limits[c] = value
		}
	}
}

// method looks for requestStream(number, constants.Program, buf, out, in).
func (s *source) method(d *ast.FuncDecl) {
	if d.Recv == nil || d.Body == nil {
		return
	}
	ast.Inspect(d.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 5 {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || fun.Sel.Name != "requestStream" {
			return true
		}
		num, ok := call.Args[0].(*ast.BasicLit)
		prog, ok2 := call.Args[1].(*ast.SelectorExpr)
		if !ok || !ok2 {
			return true
		}
		program := "remote"
		if prog.Sel.Name == "QEMUProgram" {
			program = "qemu"
		}
		for _, a := range call.Args[3:] {
			if id, ok := a.(*ast.Ident); ok && id.Name != "nil" {
				s.streams[program+" "+num.Value] = true
			}
		}
		return true
	})
}

// cName returns what follows "NAME is libvirt's" in a doc comment. It may stand
// below a heading.
func cName(name string, doc *ast.CommentGroup) string {
	for line := range strings.Lines(doc.Text()) {
		if c, ok := strings.CutPrefix(line, name+" is libvirt's "); ok {
			return strings.TrimSpace(c)
		}
	}
	return ""
}

// literal returns the value of an integer literal, in parentheses or not, or nil.
func literal(e ast.Expr) constant.Value {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.INT {
		return nil
	}
	return constant.MakeFromLiteral(lit.Value, lit.Kind, 0)
}

// integerBits returns the size of an integer type, following definitions of
// named types, and 0 for anything else.
func (s *source) integerBits(e ast.Expr) int {
	for range 10 {
		id, ok := e.(*ast.Ident)
		if !ok {
			return 0
		}
		switch id.Name {
		case "int8", "uint8", "byte":
			return 8
		case "int16", "uint16":
			return 16
		case "int32", "uint32", "int", "uint":
			return 32
		case "int64", "uint64":
			return 64
		}
		if e, ok = s.types[id.Name]; !ok {
			return 0
		}
	}
	return 0
}

// arrayLen returns the length of an array type.
func (s *source) arrayLen(a *ast.ArrayType) (int, error) {
	v := literal(a.Len)
	if id, ok := a.Len.(*ast.Ident); ok {
		v = s.consts[id.Name]
	}
	if v == nil {
		return 0, fmt.Errorf("length of an array is no constant that can be read")
	}
	n, _ := constant.Int64Val(v)
	return int(n), nil
}
