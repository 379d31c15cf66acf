// Templates are precompiled by the build (scripts/templates.mjs); each module is a Handlebars spec.
declare module '*.hbs' {
  const spec: TemplateSpecification;
  export default spec;
}
declare module '*.css' {
  const text: string;
  export default text;
}
