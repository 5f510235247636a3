import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { Button, Dialog, Heading, Input, Label, Modal, ModalOverlay, Text, TextArea, TextField } from 'react-aria-components';
import { Link } from 'wouter';

type Look = 'normal' | 'primary' | 'danger' | 'plain';

interface ActionButtonProps {
  readonly look?: Look;
  readonly onPress?: () => void;
  readonly submit?: boolean;
  readonly pending?: boolean;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

export function ActionButton({ look = 'normal', onPress, submit = false, pending = false, disabled = false, children }: ActionButtonProps) {
  return (
    <Button
      className={`button ${look}`}
      type={submit ? 'submit' : 'button'}
      isPending={pending}
      isDisabled={disabled}
      {...(onPress === undefined ? {} : { onPress })}
    >
      {children}
    </Button>
  );
}

export function LinkButton({ href, look = 'normal', children }: { readonly href: string; readonly look?: Look; readonly children: ReactNode }) {
  return (
    <Link href={href} className={`button ${look}`}>
      {children}
    </Link>
  );
}

interface TextInputProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly decimal?: boolean;
  readonly long?: boolean;
  readonly type?: 'text' | 'date';
}

export function TextInput({ label, value, onChange, hint, error, required = false, decimal = false, long = false, type = 'text' }: TextInputProps) {
  return (
    <TextField className="field" value={value} onChange={onChange} isRequired={required} isInvalid={error !== undefined} type={type} validationBehavior="aria">
      <Label>{label}</Label>
      {long ? <TextArea rows={3} /> : <Input inputMode={decimal ? 'decimal' : 'text'} autoComplete="off" dir={decimal ? 'ltr' : 'auto'} />}
      {hint === undefined ? null : <Text slot="description">{hint}</Text>}
      {error === undefined ? null : (
        <Text slot="errorMessage" className="error">
          {error}
        </Text>
      )}
    </TextField>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, name: string])[];
}

export function Choice({ label, value, onChange, options }: ChoiceProps) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      <select
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A step that has the reader's whole attention. Escape and the ground behind it close it. */
export function Sheet({ title, open, onClose, children }: { readonly title: string; readonly open: boolean; readonly onClose: () => void; readonly children: ReactNode }) {
  const dialog = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // A button that its own press takes away takes the focus with it, and Escape would be heard by nobody.
    if (document.activeElement === document.body) dialog.current?.focus();
  });
  return (
    <ModalOverlay
      className="overlay"
      isOpen={open}
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="modal">
        <Dialog ref={dialog} className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
