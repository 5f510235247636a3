import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController, READINESS, type Readiness } from './health.controller.js';

/** What the HTTP side is given by whoever puts the service together. */
export interface HttpParts {
  readonly readiness: Readiness;
}

@Module({})
export class AppModule {
  static with(parts: HttpParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [HealthController],
      providers: [{ provide: READINESS, useValue: parts.readiness }],
    };
  }
}
