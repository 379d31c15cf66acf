// Templates are precompiled by the build (scripts/templates.mjs); each module is a Handlebars spec.
declare module '*.hbs' {
  const spec: TemplateSpecification;
  export default spec;
}
declare module '*.css' {
  const text: string;
  export default text;
}
// The runtime alone, without the compiler; the package types only its whole.
declare module 'handlebars/dist/handlebars.runtime.js' {
  const runtime: typeof Handlebars;
  export default runtime;
}
