package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"reflect"
)

// structure is a struct type of package fault.
type structure struct {
	doc    string
	fields []structField
}

// structField is a field with a key in YAML, or an embedded struct, which has no
// key.
type structField struct {
	key      string
	embedded string
	goName   string
	goType   string
	doc      string
	optional bool
}

// parseStructs reads the struct types of the package in dir.
func parseStructs(dir string) (map[string]structure, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	all := make(map[string]structure)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, spec := range g.Specs {
				t := spec.(*ast.TypeSpec)
				if s, ok := t.Type.(*ast.StructType); ok && t.Name.IsExported() {
					all[t.Name.Name] = structure{g.Doc.Text(), parseFields(s)}
				}
			}
		}
	}
	return all, nil
}

func parseFields(s *ast.StructType) []structField {
	var fields []structField
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("yaml"), ",")
		switch {
		case key == "-":
			continue
		case len(f.Names) == 0:
			fields = append(fields, structField{embedded: typeText(f.Type)})
			continue
		}
		doc := f.Doc.Text()
		if doc == "" {
			doc = f.Comment.Text()
		}
		fields = append(fields, structField{
			key: key, goName: f.Names[0].Name, goType: typeText(f.Type), doc: doc,
			optional: options == "omitempty",
		})
	}
	return fields
}

func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeText(e.X)
	}
	return fmt.Sprintf("%T", e)
}
