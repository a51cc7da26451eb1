// An answer of the API as a plain value: whoever serves it puts it on the wire.
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
