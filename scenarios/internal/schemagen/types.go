package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// goType is a type of the source: its comment, and what it is.
type goType struct {
	name   string // "fault.Rule", or "file" of package scenarios
	doc    string
	fields []field  // of a struct
	under  string   // of another type: the type it is made of
	words  []string // of a type of strings that has constants: those
}

func (t *goType) isStruct() bool { return t.under == "" }

// field is a key of a struct. The keys of inlined structs are among those of the
// struct that has them.
type field struct {
	name  string // of the Go field
	key   string
	goTyp string // without a pointer
	doc   string
}

// goTypes are all types by name.
type goTypes map[string]*goType

// readTypes reads the types of package scenarios, whose directory is the current one,
// and of the packages that it takes some from.
func readTypes() (goTypes, error) {
	r := reader{
		types: make(goTypes), specs: make(map[string]*ast.TypeSpec),
		docs: make(map[string]string), words: make(map[string][]string),
	}
	for _, dir := range []struct{ path, prefix string }{{".", ""}, {faultDir, "fault."}, {fakeserverDir, "fakeserver."}} {
		if err := r.readDir(dir.path, dir.prefix); err != nil {
			return nil, err
		}
	}
	if _, err := r.get("file"); err != nil {
		return nil, err
	}
	return r.types, nil
}

type reader struct {
	types goTypes
	specs map[string]*ast.TypeSpec
	docs  map[string]string
	words map[string][]string // the constants of a type of strings
}

func (r *reader) readDir(dir, prefix string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			gen, ok := d.(*ast.GenDecl)
			if ok && gen.Tok == token.CONST {
				r.addWords(gen, prefix)
			}
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, s := range gen.Specs {
				spec := s.(*ast.TypeSpec)
				name := prefix + spec.Name.Name
				doc := spec.Doc.Text()
				if doc == "" {
					doc = gen.Doc.Text()
				}
				r.specs[name], r.docs[name] = spec, oneLine(doc)
			}
		}
	}
	return nil
}

// addWords takes the constants of types that are strings.
func (r *reader) addWords(gen *ast.GenDecl, prefix string) {
	for _, s := range gen.Specs {
		spec := s.(*ast.ValueSpec)
		typ, ok := spec.Type.(*ast.Ident)
		if !ok || !typ.IsExported() {
			continue
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				word, err := strconv.Unquote(lit.Value)
				if err == nil {
					r.words[prefix+typ.Name] = append(r.words[prefix+typ.Name], word)
				}
			}
		}
	}
}

// oneLine joins the lines of a comment. Those of a list end in a semicolon.
func oneLine(s string) string {
	var words []string
	for line := range strings.Lines(s) {
		words = append(words, strings.Fields(line)...)
		if strings.HasPrefix(line, "\t") {
			words[len(words)-1] += ";"
		}
	}
	return strings.Join(words, " ")
}

// get returns a type and reads it, and what it is made of, if need be.
func (r *reader) get(name string) (*goType, error) {
	if t, ok := r.types[name]; ok {
		return t, nil
	}
	spec, ok := r.specs[name]
	if !ok {
		return nil, fmt.Errorf("no type %s", name)
	}
	t := &goType{name: name, doc: r.docs[name]}
	r.types[name] = t
	prefix := ""
	if before, _, ok := strings.Cut(name, "."); ok {
		prefix = before + "."
	}
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		t.words = r.words[name]
		var err error
		t.under, err = typeName(spec.Type, prefix)
		return t, err
	}
	if _, own := special[name]; own {
		if _, open := shorthand[name]; !open {
			return t, nil // its form is its own
		}
	}
	for _, f := range s.Fields.List {
		if err := r.addField(t, f, prefix); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if prefix != "" {
		speakOfKeys(t)
	}
	return t, nil
}

func (r *reader) addField(t *goType, f *ast.Field, prefix string) error {
	tag := ""
	if f.Tag != nil {
		text, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return err
		}
		tag = reflect.StructTag(text).Get("yaml")
	}
	key, option, _ := strings.Cut(tag, ",")
	if key == "-" || tag == "" {
		return nil
	}
	typ, err := typeName(f.Type, prefix)
	if err != nil {
		return err
	}
	if option == "inline" {
		inner, err := r.get(typ)
		if err != nil {
			return err
		}
		t.fields = append(t.fields, inner.fields...)
		return nil
	}
	out := field{name: f.Names[0].Name, key: key, goTyp: typ, doc: oneLine(f.Doc.Text())}
	if out.doc == "" {
		out.doc = oneLine(f.Comment.Text())
	}
	if _, known := r.specs[elementOf(typ)]; known {
		inner, err := r.get(elementOf(typ))
		if err != nil {
			return err
		}
		if out.doc == "" {
			out.doc = inner.doc
		}
	}
	t.fields = append(t.fields, out)
	return nil
}

// elementOf returns what a list or a mapping is of.
func elementOf(typ string) string {
	if element, ok := strings.CutPrefix(typ, "[]"); ok {
		return elementOf(element)
	}
	if strings.HasPrefix(typ, "map[") {
		_, element, _ := strings.Cut(typ, "]")
		return elementOf(element)
	}
	return typ
}

// typeName writes a type as a name: a pointer as what it points at, a list with [],
// a mapping with map[KEY].
func typeName(e ast.Expr, prefix string) (string, error) {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name == "any" || token.IsExported(e.Name) || prefix == "" {
			if e.Name == "any" || !token.IsExported(e.Name) {
				return e.Name, nil
			}
			return prefix + e.Name, nil
		}
		return e.Name, nil
	case *ast.StarExpr:
		return typeName(e.X, prefix)
	case *ast.ArrayType:
		inner, err := typeName(e.Elt, prefix)
		return "[]" + inner, err
	case *ast.MapType:
		key, err := typeName(e.Key, prefix)
		if err != nil {
			return "", err
		}
		value, err := typeName(e.Value, prefix)
		return "map[" + key + "]" + value, err
	case *ast.SelectorExpr:
		return e.X.(*ast.Ident).Name + "." + e.Sel.Name, nil
	case *ast.FuncType:
		return "func", nil
	}
	return "", fmt.Errorf("no YAML form for %T", e)
}
