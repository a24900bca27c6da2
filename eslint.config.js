import js from "@eslint/js";
import globals from "globals";

const page = { ...globals.browser };
const anywhere = { ...globals["shared-node-browser"] };

export default [
  { ignores: ["node_modules", ".venv"] },
  js.configs.recommended,
  { rules: { "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }], "prefer-const": "error" } },
  { files: ["ui/components/**/*.js"], languageOptions: { globals: page } },
  { files: ["ui/components/runtime/**/*.js"], languageOptions: { globals: anywhere } },
  { files: ["ui/components/runtime/decoding_worker.js"], languageOptions: { globals: globals.worker } },
  { files: ["tests/js/*.js", "*.js"], languageOptions: { globals: globals.node } },
];
